import { serveBodies } from '../../http/body/serve-bodies.ts';
import { documentsSchema } from './documents.schema.ts';

serveBodies(documentsSchema);
