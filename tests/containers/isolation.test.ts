import { spawnSync } from 'node:child_process';
import { describe, expect, inject, it } from 'vitest';

const project = inject('composeProject');

function docker(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8', timeout: 60_000 });
  return { status, output: `${stdout}${stderr}`.trim() };
}
const nameOf = (service: string) => `${project}-${service}-1`;
const inspect = (service: string) => JSON.parse(docker('inspect', nameOf(service)).output)[0];
const addressOf = (service: string) =>
  Object.values(inspect(service).NetworkSettings.Networks as Record<string, { IPAddress: string }>)[0]?.IPAddress as string;

/** Tries to open a TCP connection from a new container on a network. */
function reachable(network: string, host: string, port: number) {
  const attempt = `require('node:net').connect(${port}, '${host}').setTimeout(3000, () => process.exit(2)).on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  return docker('run', '--rm', '--network', network, 'node:24-bookworm-slim', 'node', '-e', attempt).status === 0;
}

describe.each([
  ['postgres', 5432],
  ['nats', 4222],
  ['nats', 8222],
])('%s, port %i', (service, port) => {
  it('cannot be reached from the edge network, by name or by address', () => {
    expect(reachable(`${project}-edge`, service, port)).toBe(false);
    expect(reachable(`${project}-edge`, addressOf(service), port)).toBe(false);
  });

  it('has no port on the host', () => {
    const { HostConfig, NetworkSettings } = inspect(service);

    expect(HostConfig.PortBindings ?? {}).toEqual({});
    expect(Object.values(NetworkSettings.Ports ?? {}).filter(Boolean)).toEqual([]);
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${project}-internal`]);
  });
});

describe('networks', () => {
  it('the check itself can succeed: the edge network reaches auth, the internal one PostgreSQL', () => {
    expect(reachable(`${project}-edge`, 'auth', 3000)).toBe(true);
    expect(reachable(`${project}-internal`, 'postgres', 5432)).toBe(true);
  });

  it('the internal network has no way out', () => {
    expect(JSON.parse(docker('network', 'inspect', `${project}-internal`).output)[0].Internal).toBe(true);
  });

  it('Traefik alone publishes a port, on loopback', () => {
    const published = ['traefik', 'auth', 'health-profile', 'postgres', 'nats'].flatMap((service) =>
      Object.values(inspect(service).HostConfig.PortBindings as Record<string, { HostIp: string }[]>).flatMap((bindings) =>
        bindings.map(({ HostIp }) => `${service} ${HostIp}`),
      ),
    );

    expect(published).toEqual(['traefik 127.0.0.1']);
  });
});

describe('containers', () => {
  it.each(['auth', 'health-profile', 'nats', 'postgres'])('%s runs without root, rights or a writable file system', (service) => {
    const { Config, HostConfig } = inspect(service);

    expect(Config.User).toMatch(/^[1-9]\d+:/);
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: null,
      SecurityOpt: ['no-new-privileges:true'],
      Privileged: false,
    });
  });

  it('each service sees its own secrets only', () => {
    const secretsOf = (service: string) => inspect(service).Mounts.map(({ Name }: { Name: string }) => Name.replace(`${project}_`, ''));

    expect(secretsOf('auth')).toEqual(['auth_secrets']);
    expect(secretsOf('health-profile')).toEqual(['health_profile_secrets']);
    expect(docker('exec', nameOf('auth'), 'ls', '/run/secrets').output.split('\n')).not.toContain('superuser_password');
  });

  it('no secret stands in an environment', () => {
    for (const service of ['auth', 'health-profile', 'postgres', 'nats', 'traefik']) {
      for (const variable of inspect(service).Config.Env as string[])
        expect(variable).not.toMatch(/(PASSWORD|KEY|SEED|KEKS|URL|PEPPERS)=.*(:\/\/[^/]*@|[A-Za-z0-9_-]{32})/);
    }
  });
});

describe('databases', () => {
  const connect = (role: string, database: string) =>
    docker(
      'exec',
      nameOf('postgres'),
      'bash',
      '-c',
      `PGPASSWORD=$(cat /run/secrets/${role}_password) psql -h 127.0.0.1 -U ${role} -d ${database} -tAc 'select 1'`,
    );

  it.each(['auth', 'health_profile'])('%s opens for its own roles', (database) => {
    expect(connect(`${database}_app`, database).output).toBe('1');
  });

  it.each([
    ['auth_app', 'health_profile'],
    ['auth_owner', 'health_profile'],
    ['health_profile_app', 'auth'],
  ])('%s cannot open %s', (role, database) => {
    expect(connect(role, database).output).toContain('permission denied for database');
  });

  it('nobody opens one without a password', () => {
    expect(docker('exec', nameOf('postgres'), 'psql', '-w', '-U', 'postgres', '-c', 'select 1').output).toContain('no password supplied');
  });
});

it('Traefik started without a warning', () => {
  expect(docker('logs', nameOf('traefik')).output).toBe('');
});
