import dagre from "@dagrejs/dagre";

export const nodeWidth = 152;
export const nodeHeight = 48;

/** A box of a path graph. */
export interface GraphBox {
  id: string;
  title: string;
  /** Second line in grey: "9 effective". */
  detail: string;
  /** Where the box leads. */
  to: string;
  /** The one the question is about, in the face for words; the others are names a directory stores. */
  start?: boolean;
  danger?: boolean;
}

export interface GraphArrow {
  from: string;
  to: string;
  /** Number on the arrow. */
  label?: string;
  /** The new arrow: drawn in the accent, with words above it. */
  note?: string;
}

export interface Placed {
  boxes: (GraphBox & { x: number; y: number })[];
  width: number;
  height: number;
}

/** Places boxes from left to right, arrows pointing right, crossings few. x and y are the top left corners. */
export function layoutGraph(boxes: GraphBox[], arrows: GraphArrow[]): Placed {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 20, ranksep: 48 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) graph.setNode(box.id, { width: nodeWidth, height: nodeHeight });
  for (const arrow of arrows) graph.setEdge(arrow.from, arrow.to);
  dagre.layout(graph);
  const placed = boxes
    .map((box) => {
      const { x, y } = graph.node(box.id) as { x: number; y: number };
      return { ...box, x: x - nodeWidth / 2, y: y - nodeHeight / 2 };
    })
    .sort((a, b) => a.x - b.x || a.y - b.y); // Tab goes through them as the eye does
  return {
    boxes: placed,
    width: Math.max(nodeWidth, ...placed.map((box) => box.x + nodeWidth)),
    height: Math.max(nodeHeight, ...placed.map((box) => box.y + nodeHeight)),
  };
}
