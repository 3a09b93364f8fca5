// A server whose users come with tokens (JWT) in place of a list: an operator vouches for an account, the account's scoped
// signing key for its users, and the permissions of all of them are one template.
import { nkeys } from '@nats-io/transport-node';

export interface Permissions {
  readonly pub: { readonly allow: readonly string[] };
  readonly sub: { readonly allow: readonly string[] };
}

export interface TokenIssuer {
  /** What a server includes. */
  readonly conf: string;
  /** What is in the file of credentials of a user of this name. */
  credentialsOf(name: string): string;
}

const NO_LIMIT = { subs: -1, data: -1, payload: -1 };

/** One whose users have the permissions of `template`, where `{{name()}}` is the user's own name. */
export function tokenIssuer(template: Permissions): TokenIssuer {
  const [operator, account, signing] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const operatorToken = sign(operator, 'operator', operator.getPublicKey(), { type: 'operator', version: 2 });
  const accountToken = sign(operator, 'REACHD', account.getPublicKey(), {
    type: 'account',
    version: 2,
    limits: { ...NO_LIMIT, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
    signing_keys: [
      { kind: 'user_scope', key: signing.getPublicKey(), role: 'agent', template: { ...template, ...NO_LIMIT } },
    ],
    default_permissions: { pub: {}, sub: {} },
  });
  const preload = `resolver_preload { ${account.getPublicKey()}: "${accountToken}" }`;
  return {
    conf: `operator: "${operatorToken}"\nresolver: MEMORY\n${preload}\n`,
    credentialsOf: (name) => {
      const user = nkeys.createUser();
      const token = sign(signing, name, user.getPublicKey(), {
        ...{ type: 'user', version: 2, issuer_account: account.getPublicKey(), pub: {}, sub: {} },
      });
      const seed = new TextDecoder().decode(user.getSeed());
      return [...framed('NATS USER JWT', token), '', ...framed('USER NKEY SEED', seed), ''].join('\n');
    },
  };
}

function sign(issuer: nkeys.KeyPair, name: string, subject: string, nats: object): string {
  const claims = {
    jti: subject,
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name,
    sub: subject,
    nats,
  };
  const text = [{ typ: 'JWT', alg: 'ed25519-nkey' }, claims].map((part) => encode(JSON.stringify(part))).join('.');
  return `${text}.${encode(issuer.sign(new TextEncoder().encode(text)))}`;
}

function encode(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}

function framed(title: string, content: string): string[] {
  return [`-----BEGIN ${title}-----`, content, `------END ${title}------`];
}
