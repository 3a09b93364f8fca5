// Shows this instance to the fleet: when it connects, when somebody asks who is here, and when it goes.
import type { Bus } from './bus.ts';
import { type Card, readWhoMessage } from './messages.ts';
import { EVERY_WHO, hereSubject, hereToSubject, type Party, readWho } from './subjects.ts';

export class CardHolder {
  readonly #bus: Bus;
  readonly #me: Party;
  #card: Card;

  constructor(bus: Bus, me: Party, card: Omit<Card, 'draining'>) {
    this.#bus = bus;
    this.#me = me;
    this.#card = { ...card, draining: false };
    bus.watch((isConnected) => isConnected && this.#show());
    bus.hear(EVERY_WHO, ({ subject, data }) => {
      const [vantage, who] = [readWho(subject), readWhoMessage(data)];
      if (vantage === null || who === null) return;
      bus.say(hereToSubject({ vantage, instance: who.instance }, me), this.#card);
    });
    if (bus.isConnected) this.#show();
  }

  /** Nothing more should be asked of it. */
  drain(): void {
    this.#card = { ...this.#card, draining: true };
    this.#show();
  }

  #show(): void {
    this.#bus.say(hereSubject(this.#me), this.#card);
  }
}
