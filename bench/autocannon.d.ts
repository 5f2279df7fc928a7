/** The part of autocannon that the bench uses: the package brings no types. */
declare module 'autocannon' {
  export interface Message {
    method?: string;
    path?: string;
    body?: string;
    onResponse?: (status: number, body: string) => void;
  }

  export interface Client {
    /** Its own messages, sent in turn from the first, built at once. */
    setRequests(requests: readonly Message[]): void;
    on(event: 'headers', listener: (head: { statusCode: number }) => void): void;
  }

  export interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration?: number;
    /** Requests in all, instead of a duration. */
    amount?: number;
    /** How often it looks whether it is time to stop, ms. */
    sampleInt?: number;
    method: string;
    headers: Readonly<Record<string, string>>;
    requests: readonly Message[];
    tlsOptions?: { cert?: string; key?: string };
    /** A new connection after so many requests. */
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
