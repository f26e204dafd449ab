import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What to do with the next COMMIT: lose the answer to it, or lose it itself. Once. */
type CommitFault = 'lose the answer' | 'lose it';

/** Stands between a client and a server of this machine, and can cut the line, also in the one moment that matters. */
export async function startRelay(targetPort: number) {
  const sockets = new Set<Socket>();
  let whole = true;
  let commitFault: CommitFault | undefined;
  const server = createServer((client) => {
    if (!whole) return void client.destroy();
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          target.destroy();
        });
    }
    client.on('data', (bytes: Buffer) => {
      const fault = commitFault !== undefined && /commit/i.test(bytes.toString('latin1')) ? commitFault : undefined;
      if (fault === undefined) return void target.write(bytes);
      commitFault = undefined;
      if (fault === 'lose it') return void client.destroy();
      target.unpipe(client);
      target.write(bytes, () => setTimeout(() => client.destroy(), 100));
    });
    target.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => {
      whole = true;
    },
    atNextCommit: (fault: CommitFault) => {
      commitFault = fault;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
