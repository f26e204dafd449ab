import { createServiceDatabase } from './databases.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { NATS_ADMIN } from '@diabetics/setup/nats-conf';
import { Part, type PartDefinition } from './part.ts';
import { freePorts, requireFreePort } from './ports.ts';
import { prepareNats } from './nats.ts';
import { preparePostgres } from './postgres.ts';
import { prepareAuth, prepareHealthProfile } from './services.ts';
import type { StackFile } from './stack-file.ts';
import { StateFolder } from './state-folder.ts';
import { prepareTraefik } from './traefik.ts';

export type StackOptions = {
  stateDir: string;
  edgePort: number;
  say: (line: string) => void;
  /** A part died five times within a minute; everything else has been stopped. */
  onGivenUp: (reason: string) => void;
  /** For measurements: the built services, other settings. */
  serviceEntry?: string;
  serviceEnvironment?: Record<string, string>;
};

/** The whole platform as processes of this machine. */
export class Stack {
  readonly #options: StackOptions;
  readonly #state: StateFolder;
  readonly #parts: Part[] = [];
  #describe: (() => StackFile) | undefined;
  #stopping: Promise<void> | undefined;
  #isClaimed = false;

  constructor(options: StackOptions) {
    this.#options = options;
    this.#state = new StateFolder(options.stateDir);
  }

  async start(): Promise<StackFile> {
    const { edgePort, say, serviceEntry, serviceEnvironment } = this.#options;
    const state = this.#state;
    await state.claim();
    this.#isClaimed = true;
    await state.endLeftOvers(say);
    await requireFreePort('EDGE_PORT', edgePort);
    const secrets = state.secrets();
    const binaries: Binaries = findBinaries(state.path, say);
    const [pgPort, natsPort, monitorPort, authPort, authManagement, profilePort, profileManagement, pingPort] = (await freePorts(
      8,
    )) as Ports;
    const log = (name: string) => state.in('logs', `${name}.log`);

    say('starting PostgreSQL and NATS');
    const postgres = await preparePostgres({
      folder: state.in('postgres'),
      logFile: log('postgres'),
      port: pgPort,
      password: secrets.postgresPassword,
    });
    const nats = prepareNats({
      command: binaries.natsServer,
      folder: state.in('nats'),
      logFile: log('nats'),
      port: natsPort,
      monitorPort,
      secrets,
    });
    const [postgresPart, natsPart] = await this.#startTogether(postgres.part, nats.part);
    await Promise.all([
      nats.provision(),
      createServiceDatabase(postgres.superuserUrl, {
        database: 'auth',
        ownerPassword: secrets.authOwnerPassword,
        appPassword: secrets.authAppPassword,
      }),
      createServiceDatabase(postgres.superuserUrl, {
        database: 'health_profile',
        ownerPassword: secrets.healthProfileOwnerPassword,
        appPassword: secrets.healthProfileAppPassword,
      }),
    ]);

    say('starting auth and health-profile');
    const edgeUrl = `http://127.0.0.1:${edgePort}`;
    const common = {
      secrets,
      superuserUrl: postgres.superuserUrl,
      natsUrl: nats.url,
      publicUrl: edgeUrl,
      hops: 1,
      compileCache: state.in('compile-cache'),
      ...(serviceEntry && { entry: serviceEntry }),
      ...(serviceEnvironment && { more: serviceEnvironment }),
    };
    const auth = prepareAuth({ ...common, port: authPort, managementPort: authManagement, logFile: log('auth') });
    const jwksUrl = `${auth.url}/.well-known/jwks.json`;
    const healthProfile = prepareHealthProfile({
      ...common,
      port: profilePort,
      managementPort: profileManagement,
      logFile: log('health-profile'),
      jwksUrl,
    });
    const [authPart, profilePart] = await this.#startTogether(auth.part, healthProfile.part);

    say('starting Traefik');
    const traefik = prepareTraefik({
      command: binaries.traefik,
      folder: state.in('traefik'),
      logFile: log('traefik'),
      edgePort,
      pingPort,
      authUrl: auth.url,
      healthProfileUrl: healthProfile.url,
    });
    const [traefikPart] = await this.#startTogether(traefik);

    const describeService = ({ url, managementUrl, databaseUrl }: typeof auth, part: Part) => ({
      url,
      managementUrl,
      databaseUrl,
      pid: part.pid,
    });
    this.#describe = () => ({
      edgeUrl,
      auth: describeService(auth, authPart as Part),
      healthProfile: describeService(healthProfile, profilePart as Part),
      nats: {
        url: nats.url,
        monitorUrl: nats.monitorUrl,
        adminUser: NATS_ADMIN,
        adminPassword: secrets.natsAdminPassword,
        storeDir: nats.storeDir,
        pid: (natsPart as Part).pid,
      },
      postgres: { superuserUrl: postgres.superuserUrl, dataDir: postgres.dataDir, pid: (postgresPart as Part).pid },
      traefik: { pid: (traefikPart as Part).pid },
    });
    return this.#writeStackFile();
  }

  /** Stops all parts, last started first. May be called again while it works. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      if (this.#isClaimed) this.#state.remove('stack.json'); // a living stack's is not ours
      for (const part of this.#parts.toReversed()) await part.stop();
    })();
    return this.#stopping;
  }

  /** For measurements, which open what they read by the bare libraries. */
  healthProfileKek(): string {
    return this.#state.secrets().healthProfileKeks.split(':')[1] as string;
  }

  get isStopping() {
    return this.#stopping !== undefined;
  }

  #startTogether(...definitions: PartDefinition[]): Promise<Part[]> {
    if (this.#stopping) throw new Error('stopped while starting');
    return Promise.all(
      definitions.map(async (definition) => {
        const part = new Part(definition, {
          onStart: (record) => this.#state.record(record),
          onRestarted: () => {
            if (this.#stopping || !this.#describe) return;
            this.#writeStackFile();
            this.#options.say(`${definition.name} is back`);
          },
          onDeath: this.#options.say,
          onGivenUp: (reason) => void this.stop().then(() => this.#options.onGivenUp(reason)),
        });
        this.#parts.push(part);
        await part.start();
        return part;
      }),
    );
  }

  #writeStackFile(): StackFile {
    const file = (this.#describe as () => StackFile)();
    this.#state.write('stack.json', file);
    return file;
  }
}

type Ports = [number, number, number, number, number, number, number, number];
