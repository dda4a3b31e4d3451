/** What to tell whoever runs a command, on one line: the message, and what the system says where it is the cause. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `${error.message} (${code})` : error.message;
}
