// A file of trusted certificates in PEM, as TLS_CA_FILE names one: read at the start, so that a mistake in it stops the
// start and not the first check.
import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a file, each in PEM. */
export function splitPem(text: string): string[] {
  return text.match(CERTIFICATE) ?? [];
}

/** Throws an Error whose one line says what is wrong with the file's text. */
export function parseCertificates(text: string): readonly X509Certificate[] {
  const pems = splitPem(text);
  if (pems.length === 0) throw new Error('the file holds no certificate in PEM');
  return pems.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch {
      throw new Error(`certificate ${index + 1} of the file is not one`);
    }
  });
}
