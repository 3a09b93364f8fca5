// A target for load, on 127.0.0.1; prints the port that it got. It ends with its standard input.
//   listener PORT open|bound|silent        PORT 0: any
// open: accepts as fast as it can and closes at once. bound: a port that refuses, and that nobody else can take.
// silent: a listener whose queue is full, so that a SYN gets no answer at all.
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *accept_all(void *fd) {
  for (;;) { int peer = accept(*(int *)fd, 0, 0); if (peer >= 0) close(peer); }
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: %s PORT open|bound|silent\n", argv[0]), 2;
  int open = !strcmp(argv[2], "open"), silent = !strcmp(argv[2], "silent");
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof at;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) || getsockname(fd, (struct sockaddr *)&at, &size)) return perror("bind"), 1;
  if ((open || silent) && listen(fd, open ? 4096 : 0)) return perror("listen"), 1;
  // A backlog of 0 holds one connection: this one, which is never accepted.
  if (silent && connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&at, size)) return perror("connect"), 1;
  pthread_t thread;
  if (open && pthread_create(&thread, 0, accept_all, &fd)) return fprintf(stderr, "no thread\n"), 1;
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  while (getchar() != EOF) {}
}
