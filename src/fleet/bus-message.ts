// What comes by the bus, as the rest of the fleet sees it: it knows no NATS.

export interface BusMessage {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly data: Uint8Array;
  /** The server itself says it: nobody was there to hear what had this subject as its reply. */
  readonly isUnheard: boolean;
}
