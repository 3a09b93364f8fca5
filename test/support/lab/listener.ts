// A process with real listening sockets, for the far end of a veth pair.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { serve } from './serve.ts';

const accepted = new Map<number, number>();

const methods = {
  async listen(port: number): Promise<void> {
    accepted.set(port, 0);
    const server = createServer((socket) => {
      accepted.set(port, (accepted.get(port) ?? 0) + 1);
      socket.on('error', () => socket.destroy());
      socket.resume();
    });
    await once(server.listen(port, '::'), 'listening');
  },
  accepted: (port: number): number => accepted.get(port) ?? 0,
};
export type ListenerMethods = typeof methods;

serve(methods);
