import { serveBodies } from '../http/body/serve-bodies.ts';
import { chatSchema } from './chat.schema.ts';

serveBodies(chatSchema);
