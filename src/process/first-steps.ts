// What whoever has just started the service does next: where its pages are, and a first question that it answers.

export interface FirstSteps {
  /** Where there are pages. */
  readonly docs?: string;
  /** A command that asks reachd for its own port, which is open. */
  readonly try: string;
}

/** `url`: where it listens, as it was bound; an address that stands for all of them is asked on loopback. */
export function firstSteps(url: string, takesToken: boolean, hasPages: boolean): FirstSteps {
  const { port } = new URL(url);
  const host = new URL(url).hostname.replace(/^0\.0\.0\.0$|^\[::\]$/, '127.0.0.1');
  const target = `${host}:${port}`;
  const token = takesToken ? ' --oauth2-bearer $TOKEN' : '';
  return {
    ...(hasPages && { docs: `http://${target}/docs` }),
    try: `curl -s${token} 'http://${target}/check?target=${target}'`,
  };
}
