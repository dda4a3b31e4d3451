import { ServiceError } from '../../telemetry/service-error.ts';

/** The document cannot be read. The message is safe to show, and continues a sentence after "the text". */
export class UnreadableDocumentError extends ServiceError {}
