// Names ↔ subjects. Who speaks is read from a subject, never from what is said: the server's permissions vouch for subjects.
// A dot separates the words of a subject, so a name's dots are underscores there, which no name has.

const ROOT = 'reachd.v1';

/** One process that answers for a vantage, or asks in its name. */
export interface Party {
  readonly vantage: string;
  readonly instance: string;
}

/** The subject of an answer: who gives it, and to which ask of which asker. */
export interface AnswerSubject {
  readonly asker: Party;
  readonly from: Party;
  /** What it answers: `here`, or a job and an ask of it. */
  readonly about: 'here' | { readonly job: string; readonly ask: string };
}

/** Whoever is here is to show itself to `asker`. */
export function whoSubject(asker: string): string {
  return `${ROOT}.who.${word(asker)}`;
}

export const EVERY_WHO = `${ROOT}.who.*`;
export const EVERY_HERE = `${ROOT}.here.>`;

/** `me` is here, or goes. */
export function hereSubject(me: Party): string {
  return `${ROOT}.here.${wordsOf(me)}`;
}

/** An ask of one instance. */
export function askSubject(whom: Party): string {
  return `${ROOT}.ask.${wordsOf(whom)}`;
}

/** Where `asker` wants the answers of `from` to one ask; `job` and `ask` are words without dots. */
export function answerSubject(asker: Party, from: Party, job: string, ask: string): string {
  return `${ROOT}.to.${wordsOf(asker)}.${wordsOf(from)}.${job}.${ask}`;
}

/** Where `from` answers the `who` of `asker`. */
export function hereToSubject(asker: Party, from: Party): string {
  return `${ROOT}.to.${wordsOf(asker)}.${wordsOf(from)}.here`;
}

/** All that is said to `asker`. */
export function everyAnswerTo(asker: Party): string {
  return `${ROOT}.to.${wordsOf(asker)}.>`;
}

/** Who asks by such a subject; null for any other. */
export function readWho(subject: string): string | null {
  const [root, version, kind, asker, ...rest] = subject.split('.');
  if (`${root}.${version}.${kind}` !== `${ROOT}.who` || asker === undefined || rest.length > 0) return null;
  return nameOf(asker);
}

/** Who is here by such a subject; null for any other. */
export function readHere(subject: string): Party | null {
  const [root, version, kind, vantage, instance, ...rest] = subject.split('.');
  if (`${root}.${version}.${kind}` !== `${ROOT}.here` || rest.length > 0) return null;
  return partyOf(vantage, instance);
}

/** Null for a subject that is none of an answer. */
export function readAnswer(subject: string): AnswerSubject | null {
  const [root, version, kind, ...words] = subject.split('.');
  if (`${root}.${version}.${kind}` !== `${ROOT}.to`) return null;
  const [asker, from] = [partyOf(words[0], words[1]), partyOf(words[2], words[3])];
  const [job = '', ask = ''] = words.slice(4);
  if (asker === null || from === null || job === '') return null;
  if (words.length === 5 && job === 'here') return { asker, from, about: 'here' };
  return words.length === 6 && ask !== '' ? { asker, from, about: { job, ask } } : null;
}

function partyOf(vantage = '', instance = ''): Party | null {
  return vantage === '' || instance === '' ? null : { vantage: nameOf(vantage), instance };
}

function wordsOf({ vantage, instance }: Party): string {
  return `${word(vantage)}.${instance}`;
}

function word(name: string): string {
  return name.replaceAll('.', '_');
}

function nameOf(text: string): string {
  return text.replaceAll('_', '.');
}

/** The prefix under which `vantage` may be sent replies of its own: its permissions name it. */
export function inboxPrefix(vantage: string): string {
  return `_INBOX_${word(vantage)}`;
}
