// JSON as it leaves, in every reply: one line that ends. It knows nothing of what it says.

/** A shell's prompt comes after it, and whoever reads by lines need not wait for the end of the file. */
export function jsonLine(data: unknown): string {
  return `${JSON.stringify(data)}\n`;
}
