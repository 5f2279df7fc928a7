/** The part of autocannon that the bench uses: the package has no types. */
declare module 'autocannon' {
  export interface Message {
    method?: string;
    path?: string;
    body?: string;
    onResponse?: (status: number, body: string) => void;
  }

  export interface Client {
    /** Messages of this client, sent in turn from the first, built at once. */
    setRequests(requests: readonly Message[]): void;
    on(event: 'headers', listener: (head: { statusCode: number }) => void): void;
  }

  export interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration?: number;
    /** Total number of requests, instead of a duration. */
    amount?: number;
    /** Interval of its check whether to stop, ms. */
    sampleInt?: number;
    method: string;
    headers: Readonly<Record<string, string>>;
    requests: readonly Message[];
    tlsOptions?: { cert?: string; key?: string };
    /** Number of requests after which it reconnects. */
    reconnectRate?: number;
    setupClient?: (client: Client) => void;
  }

  export interface Result {
    /** Seconds. */
    duration: number;
    non2xx: number;
    errors: number;
    timeouts: number;
  }

  export interface Run extends Promise<Result> {
    stop(): void;
    on(
      event: 'response',
      listener: (client: Client, status: number, bytes: number, milliseconds: number) => void,
    ): void;
  }

  export default function autocannon(options: Options): Run;
}
