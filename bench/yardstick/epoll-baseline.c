// The yardstick: connect checks in plain C, one thread, one epoll instance. Prints one line.
//   epoll-baseline ADDRESS PORT CHECKS IN_FLIGHT full|half plain|fin|reuse
// full: three-way handshake, closed with RST. half: SYN, SYN-ACK, RST (TCP_QUICKACK off).
// plain: a socket for each check. fin: the same, but closed in order, with FIN instead of RST.
// reuse: sockets are used again after connect(AF_UNSPEC), the floor for this approach.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 65536, BATCH = 1024 };
static int idle[MAX_FD], idle_count;
static char in_flight[MAX_FD];

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

// User and system time of the process.
static double processor_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 7) return fprintf(stderr, "usage: %s ADDRESS PORT CHECKS IN_FLIGHT full|half plain|fin|reuse\n", argv[0]), 2;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  int checks = atoi(argv[3]), limit = atoi(argv[4]), half = !strcmp(argv[5], "half"), reuse = !strcmp(argv[6], "reuse"), fin = !strcmp(argv[6], "fin");
  const struct linger reset = {1, 0};
  const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
  const int off = 0;
  int ep = epoll_create1(EPOLL_CLOEXEC), started = 0, settled = 0, now = 0, open = 0, refused = 0, other = 0;
  struct epoll_event events[BATCH];
  double begin = seconds();

  while (settled < checks) {
    while (now < limit && started < checks) {
      int fresh = !idle_count, fd = fresh ? socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : idle[--idle_count];
      if (fd < 0 || fd >= MAX_FD) return perror("socket"), 1;
      if (!reuse && !fin) setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      if (half) setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
      started++;
      int answer = connect(fd, (struct sockaddr *)&to, sizeof to);
      if (answer < 0 && errno != EINPROGRESS) { settled++; errno == ECONNREFUSED ? refused++ : other++; close(fd); continue; }
      struct epoll_event event = {.events = EPOLLOUT | (reuse ? EPOLLET : 0), .data.fd = fd};
      if (fresh) epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
      in_flight[fd] = 1;
      now++;
    }
    int ready = epoll_wait(ep, events, BATCH, 1000);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd, error = 0;
      socklen_t size = sizeof error;
      if (!in_flight[fd]) continue; // what connect(AF_UNSPEC) raised on an idle socket
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      error == 0 ? open++ : error == ECONNREFUSED ? refused++ : other++;
      in_flight[fd] = 0;
      now--;
      settled++;
      if (reuse) { connect(fd, &nowhere, sizeof nowhere); idle[idle_count++] = fd; } else close(fd);
    }
  }
  double took = seconds() - begin;
  printf("baseline %s %s: %d checks, open %d, refused %d, other %d, %.0f checks/s, %.3f us of processor a check\n", argv[5], argv[6],
         checks, open, refused, other, checks / took, processor_seconds() * 1e6 / checks);
}
