/** Everything on the bus: who publishes what, which streams keep it and who reads them. Streams, durables and users are made from this. */

type ServiceName = 'auth' | 'health-profile';

export const streams = [
  { name: 'AUTH', subjects: ['auth.>'], publisher: 'auth' },
  { name: 'HEALTH_PROFILE', subjects: ['health-profile.>'], publisher: 'health-profile' },
] as const satisfies { name: string; subjects: string[]; publisher: ServiceName }[];

export const consumers = [
  { stream: 'AUTH', durable: 'health-profile', service: 'health-profile', subjects: ['auth.user.created.v1'] },
] as const satisfies { stream: string; durable: string; service: ServiceName; subjects: string[] }[];

/**
 * The least rights a service can work with: its own subjects, its own durables, its own inbox. None may make consumers: that right
 * lets a service have messages delivered under another's subjects.
 */
export function rightsOf(service: ServiceName) {
  const own = consumers.filter((consumer) => consumer.service === service);
  return {
    publish: {
      allow: [
        ...streams.filter(({ publisher }) => publisher === service).flatMap(({ subjects }) => subjects),
        ...own.flatMap(({ stream, durable }) => [
          `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
          `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
          `$JS.ACK.${stream}.${durable}.>`,
        ]),
      ],
    },
    subscribe: { allow: [`_INBOX_${service}.>`] },
  };
}
