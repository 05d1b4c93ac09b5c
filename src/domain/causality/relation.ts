/** How two events, or two sets of events, stand to each other by what their authors had seen. */
export type Relation = 'before' | 'after' | 'concurrent' | 'equal';
