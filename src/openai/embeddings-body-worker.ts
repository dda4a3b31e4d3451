import { serveBodies } from '../http/body/serve-bodies.ts';
import { embeddingsSchema } from './embeddings.schema.ts';

serveBodies(embeddingsSchema);
