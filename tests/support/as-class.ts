/**
 * The same port as an instance of a class whose methods use `this`, as many people write their
 * adapters: nothing of it is an own property, and no method works when it is taken off.
 */
export const asInstance = <Port extends object>(port: Port): Port => {
  class Instance {
    readonly #port = port;

    static owner(self: Instance): Port {
      return self.#port;
    }
  }
  for (const name of Object.keys(port) as (keyof Port & string)[]) {
    Object.defineProperty(Instance.prototype, name, {
      get(this: Instance) {
        const member = Instance.owner(this)[name];
        return typeof member === 'function' ? called : member;
        function called(this: Instance, ...given: readonly unknown[]): unknown {
          return (Instance.owner(this)[name] as (...all: readonly unknown[]) => unknown)(...given);
        }
      },
    });
  }
  return new Instance() as unknown as Port;
};
