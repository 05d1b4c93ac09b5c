/** A map whose values can also be had by the group that each belongs to, without looking at all of them. */
export class GroupedMap<Key, Value, Group> extends Map<Key, Value> {
  readonly #groupOf: (value: Value) => Group;
  readonly #groups = new Map<Group, Map<Key, Value>>();

  constructor(groupOf: (value: Value) => Group) {
    super();
    this.#groupOf = groupOf;
  }

  override set(key: Key, value: Value): this {
    const group = this.#groupOf(value);
    const before = super.get(key);
    if (before !== undefined && this.#groupOf(before) !== group) this.#leave(key, before);
    const members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, new Map([[key, value]]));
    else members.set(key, value);
    return super.set(key, value);
  }

  override delete(key: Key): boolean {
    const value = super.get(key);
    if (value !== undefined) this.#leave(key, value);
    return super.delete(key);
  }

  /** Those of one group, in the order in which their keys came. */
  inGroup(group: Group): readonly Value[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  #leave(key: Key, value: Value): void {
    const group = this.#groupOf(value);
    const members = this.#groups.get(group);
    members?.delete(key);
    if (members?.size === 0) this.#groups.delete(group);
  }
}
