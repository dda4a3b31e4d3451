/**
 * An error that the service itself throws. Its message is written to the log, so it holds nothing that a user, a document
 * or another service wrote.
 */
export class ServiceError extends Error {}
