// The only file that imports koffi: libc's symbols with typed prototypes, as the man pages of section 2 declare them.
// Raw on purpose: a negative return, errno and argument checks are dealt with once, in syscall.ts.
// koffi passes a typed array in place and checks no bounds: each caller owns buffers of the size that it states.
import koffi from 'koffi';

const libc = koffi.load(null);

/** Memory that libc writes to: a typed array, passed in place, or an address from `allocate`. */
export type Memory = Uint8Array | Int32Array | Uint32Array | bigint;

type Ints<Count extends 1 | 2 | 3> = Count extends 1
  ? (a: number) => number
  : Count extends 2
    ? (a: number, b: number) => number
    : (a: number, b: number, c: number) => number;

export const socket = libc.func('int socket(int, int, int)') as Ints<3>;
export const close = libc.func('int close(int)') as Ints<1>;
export const shutdown = libc.func('int shutdown(int, int)') as Ints<2>;
export const eventfd = libc.func('int eventfd(unsigned int, int)') as Ints<2>;
export const epollCreate1 = libc.func('int epoll_create1(int)') as Ints<1>;

type WithAddress = (fd: number, address: Memory, length: number) => number;
export const bind = libc.func('int bind(int, const void *, uint32_t)') as WithAddress;
export const connect = libc.func('int connect(int, const void *, uint32_t)') as WithAddress;

type NameOf = (fd: number, address: Memory, length: Memory) => number;
export const getsockname = libc.func('int getsockname(int, void *, void *)') as NameOf;
export const getpeername = libc.func('int getpeername(int, void *, void *)') as NameOf;

export const getsockopt = libc.func('int getsockopt(int, int, int, void *, void *)') as (
  fd: number,
  level: number,
  option: number,
  value: Memory,
  length: Memory,
) => number;
export const setsockopt = libc.func('int setsockopt(int, int, int, const void *, uint32_t)') as (
  fd: number,
  level: number,
  option: number,
  value: Memory,
  length: number,
) => number;

export const recvmsg = libc.func('intptr_t recvmsg(int, void *, int)') as (
  fd: number,
  message: Memory,
  flags: number,
) => number;

export const epollCtl = libc.func('int epoll_ctl(int, int, int, void *)') as (
  epoll: number,
  operation: number,
  fd: number,
  event: Memory,
) => number;
export const epollWait = libc.func('int epoll_wait(int, void *, int, int)') as (
  epoll: number,
  events: Memory,
  capacity: number,
  timeoutMs: number,
) => number;

const calloc = libc.func('void *calloc(size_t, size_t)') as (count: number, size: number) => bigint | null;

/** The calling thread's errno. True only until the next call into libc, `fs` included. */
export const errno = (): number => koffi.errno();

/** Zeroed memory with an address that never moves, for structs that point into themselves. It is never freed. */
export function allocate(size: number): { address: bigint; view: DataView } {
  const address = calloc(1, size);
  if (address === null) throw new Error(`calloc of ${size} bytes failed`);
  return { address, view: new DataView(koffi.view(address, size)) };
}
