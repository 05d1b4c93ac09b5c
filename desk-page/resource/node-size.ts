/** The size of an event in the graph; apart from the layout, which is loaded only when a graph is drawn. */
export const nodeSizePx = { width: 176, height: 46 } as const;
