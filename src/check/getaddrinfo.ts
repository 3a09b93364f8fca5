// One getaddrinfo(3) call: the addresses of a name as the application next door would get them, with its hosts file, search
// domains and nsswitch. It cannot be cancelled, and each call holds a thread.
import { lookup as getaddrinfo, promises as dns } from 'node:dns';
import type { LookupAddress } from 'node:dns';

/** getaddrinfo, whose two vague answers are made plain: ENOTFOUND by its number, EAI_AGAIN by asking the server itself. */
export async function callGetaddrinfo(name: string): Promise<LookupAddress[]> {
  try {
    return await new Promise((resolve, reject) => {
      getaddrinfo(name, { all: true, order: 'verbatim' }, (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND') throw coded(errno === EAI_NODATA ? 'NODATA' : 'NXDOMAIN');
    throw code === 'EAI_AGAIN' ? coded(await askAgain(name)) : error;
  }
}
/** libuv's number for "the name exists, but has no address". */
const EAI_NODATA = -3007;

/** getaddrinfo says "try again" for a server that failed and for one that kept silent alike; one plain query tells which. */
async function askAgain(name: string): Promise<string> {
  try {
    await new dns.Resolver({ timeout: ASK_AGAIN_MS, tries: 1 }).resolve4(name);
    return 'EAI_AGAIN';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return PLAIN_CODES[code ?? ''] ?? 'EAI_AGAIN';
  }
}
const ASK_AGAIN_MS = 500;
const PLAIN_CODES: Readonly<Record<string, string>> = {
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ETIMEOUT: 'ETIMEOUT',
  ENODATA: 'EAI_AGAIN',
};

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
