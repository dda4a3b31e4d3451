import { constants, createContext, type Context } from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/** Classes that tests share with Node's own modules, so that `instanceof` and equality hold across both. */
const SHARED = new Set(['Buffer', 'ArrayBuffer', 'Uint8Array']);
/** Enough of a failed test's stack to see who called. */
const STACK_FRAMES = 100;

/**
 * Jest's environment for Node, with a plain global object.
 *
 * Jest's own puts a proxy behind the global object: every use of `Map` or `String` goes through it, and code that
 * works with texts takes four times as long.
 */
export default class NodeEnvironment extends TestEnvironment {
  constructor(...parameters: ConstructorParameters<typeof TestEnvironment>) {
    super(...parameters);
    const context = createContext(constants.DONT_CONTEXTIFY as unknown as Context) as typeof this.global;
    const own = new Set(Reflect.ownKeys(context));
    for (const key of Reflect.ownKeys(this.global)) {
      const property = Reflect.getOwnPropertyDescriptor(this.global, key);
      if (property === undefined || (own.has(key) && !SHARED.has(String(key)))) continue;
      if (property.value === this.global) property.value = context;
      Object.defineProperty(context, key, property);
    }
    context.Error.stackTraceLimit = STACK_FRAMES;
    this.global = context;
    this.context = context;
  }
}
