// A TUN device (tun_tap in the kernel's documentation): what the namespace routes to it is read here, packet by packet.
// Its owner waits for it in ppoll(2) instead of in libuv, whose timers have a grain of one millisecond.
import { closeSync, constants, openSync } from 'node:fs';
import koffi from 'koffi';

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const POLLIN = 0x0001;
const PR_SET_TIMERSLACK = 29;
const SCHED_FIFO = 1;
const MAX_PACKET_BYTES = 65_536;

const libc = koffi.load(null);
const ioctl = libc.func('int ioctl(int fd, unsigned long request, void *argument)');
const ppoll = libc.func('int ppoll(void *fds, unsigned long count, void *timeout, void *mask)');
// Not through node:fs, whose calls leave more garbage than a packet has bytes.
const read = libc.func('intptr_t read(int fd, void *buffer, size_t length)');
const write = libc.func('intptr_t write(int fd, void *buffer, size_t length)');
const prctl = libc.func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)');
const sched_setscheduler = libc.func('int sched_setscheduler(int pid, int policy, void *parameters)');

/** Puts this thread before all ordinary ones (sched(7)). Where the system does not allow that, it stays as it is. */
export function preferThisThread(): void {
  const parameters = Buffer.alloc(4);
  parameters.writeInt32LE(1);
  sched_setscheduler(0, SCHED_FIFO, parameters);
}

export class Tun {
  readonly #fd: number;
  readonly #pollFds: Buffer;
  /** Little-endian words: low and high half of the seconds, then of the nanoseconds. */
  readonly #timespec = new Uint32Array(4);
  readonly #packet = Buffer.alloc(MAX_PACKET_BYTES);

  /**
   * Makes the device in the caller's own network namespace; it goes when the descriptor does.
   * `alsoWakeOn` is a descriptor that ends a wait as well.
   */
  constructor(name: string, alsoWakeOn: number) {
    this.#fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
    const ifreq = Buffer.alloc(40);
    ifreq.write(name);
    ifreq.writeUInt16LE(IFF_TUN | IFF_NO_PI, 16);
    if (ioctl(this.#fd, TUNSETIFF, ifreq) !== 0) {
      const errno = koffi.errno();
      closeSync(this.#fd);
      throw new Error(`TUNSETIFF ${name} failed with errno ${errno}`);
    }
    this.#pollFds = Buffer.alloc(16);
    this.#pollFds.writeInt32LE(this.#fd, 0);
    this.#pollFds.writeInt16LE(POLLIN, 4);
    this.#pollFds.writeInt32LE(alsoWakeOn, 8);
    this.#pollFds.writeInt16LE(POLLIN, 12);
    // The default slack of 50 µs would be added to every wait.
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  }

  /** Blocks until there is a packet, the other descriptor wants attention, or the time is over. */
  wait(timeoutUs: number): void {
    const us = Math.max(0, Math.floor(timeoutUs));
    this.#timespec[0] = us / 1_000_000;
    this.#timespec[2] = (us % 1_000_000) * 1000;
    ppoll(this.#pollFds, 2, this.#timespec, null);
  }

  /** The next packet, valid until the next read; null if there is none. */
  read(): Buffer | null {
    const length = read(this.#fd, this.#packet, MAX_PACKET_BYTES) as number;
    if (length > 0) return this.#packet.subarray(0, length);
    const errno = koffi.errno();
    if (errno !== koffi.os.errno['EAGAIN']) throw new Error(`reading the TUN device failed with errno ${errno}`);
    return null;
  }

  write(packet: Buffer): void {
    const length = write(this.#fd, packet, packet.length) as number;
    if (length < 0) throw new Error(`writing to the TUN device failed with errno ${koffi.errno()}`);
  }
}
