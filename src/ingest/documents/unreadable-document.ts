import { ServiceError } from '../../telemetry/service-error.ts';

/** A document that cannot be read; the message is safe to show and goes on after "the text". */
export class UnreadableDocumentError extends ServiceError {}
