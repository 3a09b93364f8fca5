// A command that cannot be obeyed as it was typed: one line, exit status 2, never a stack.

export class UsageError extends Error {
  override readonly name = 'UsageError';
}
