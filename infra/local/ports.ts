import { once } from 'node:events';
import { createServer } from 'node:net';

/** Free TCP ports of the loopback interface, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenOn(0)));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  return ports;
}

/** @throws naming the variable when the port is taken */
export async function requireFreePort(name: string, port: number): Promise<void> {
  try {
    (await listenOn(port)).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE'
        ? 'is taken by another program'
        : code === 'EACCES'
          ? 'needs rights that this user does not have'
          : `cannot be used (${code})`;
    throw new Error(`${name} ${port} ${reason}. Choose another: ${name}=18080 npm start`, { cause: error });
  }
}

async function listenOn(port: number) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
