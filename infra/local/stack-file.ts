type ServiceEntry = { url: string; managementUrl: string; databaseUrl: string; pid: number };

/** `stack.json`: what tools and tests know of a running stack. */
export type StackFile = {
  edgeUrl: string;
  auth: ServiceEntry;
  healthProfile: ServiceEntry;
  nats: { url: string; monitorUrl: string; adminUser: string; adminPassword: string; storeDir: string; pid: number };
  postgres: { superuserUrl: string; dataDir: string; pid: number };
  traefik: { pid: number };
};
