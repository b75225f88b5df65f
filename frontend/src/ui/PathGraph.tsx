import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type Viewport,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useEffect, useMemo, useState } from "react";
import { type GraphArrow, type GraphBox, layoutGraph, nodeHeight, nodeWidth } from "./graphLayout";
import { PageLink } from "./Links";

type BoxNode = Node<{ box: GraphBox }, "box">;
type ArrowEdge = Edge<{ arrow: GraphArrow }, "arrow">;

const margin = 24;
const room = 68; // above the boxes, for the words of a new arrow

/** A path drawn from left to right. Every box is a link; `describe` says the same in words. Drag to move it. */
export default function PathGraph({
  boxes,
  arrows,
  describe,
}: {
  boxes: GraphBox[];
  arrows: GraphArrow[];
  describe: string;
}) {
  const scheme = useComputedColorScheme("light");
  const { ref, width } = useElementSize();
  const placed = useMemo(() => layoutGraph(boxes, arrows), [boxes, arrows]);
  const nodes = useMemo<BoxNode[]>(
    () =>
      placed.boxes.map((box) => ({
        id: box.id,
        type: "box",
        position: { x: box.x, y: box.y },
        width: nodeWidth,
        height: nodeHeight,
        data: { box },
      })),
    [placed],
  );
  const edges = useMemo<ArrowEdge[]>(
    () =>
      arrows.map((arrow) => ({
        id: `${arrow.from}>${arrow.to}`,
        type: "arrow",
        source: arrow.from,
        target: arrow.to,
        markerEnd: {
          type: MarkerType.Arrow,
          color: arrow.note ? "var(--accent)" : "var(--line-control)",
          strokeWidth: 1.5,
          width: arrow.note ? 13 : 16,
          height: arrow.note ? 13 : 16,
        },
        data: { arrow },
      })),
    [arrows],
  );
  const above = arrows.some((arrow) => arrow.note) ? room - 24 : 20;
  const [viewport, setViewport] = useState<Viewport>({ x: margin, y: above, zoom: 1 });
  const zoom = width === 0 ? 1 : Math.max(0.5, Math.min(1, (width - 2 * margin) / placed.width));
  useEffect(() => setViewport({ x: margin, y: above, zoom }), [above, zoom]);
  return (
    <figure className="graph" aria-label={describe}>
      <figcaption className="sr-only">{describe}</figcaption>
      <div ref={ref} style={{ height: Math.min(460, placed.height * zoom + above + 24) }}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          viewport={viewport}
          onViewportChange={setViewport}
          colorMode={scheme}
          minZoom={0.5}
          maxZoom={1}
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          proOptions={{ hideAttribution: true }}
        />
      </div>
    </figure>
  );
}

function Box({ data: { box } }: NodeProps<BoxNode>) {
  const names = ["gnode nopan", box.start ? "start" : "group", box.danger && "danger"];
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <PageLink to={box.to} className={names.filter(Boolean).join(" ")} title={`${box.title}, ${box.detail}`}>
        <b className="ell">
          <bdi>{box.title}</bdi>
        </b>
        <small className="ell">{box.detail}</small>
      </PageLink>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

function Arrow({ sourceX, sourceY, targetX, targetY, markerEnd, data }: EdgeProps<ArrowEdge>) {
  const arrow = data?.arrow;
  const ends = { sourceX: sourceX + 4, sourceY, targetX: targetX - 4, targetY };
  const [path, x, y] = getBezierPath({
    ...ends,
    sourcePosition: Position.Right,
    targetPosition: Position.Left,
  });
  return (
    <>
      <BaseEdge
        path={path}
        {...(markerEnd && { markerEnd })}
        className={arrow?.note ? "gedge hot" : "gedge"}
      />
      <EdgeLabelRenderer>
        {arrow?.label && (
          <span
            className="gedge-no"
            style={{
              transform: `translate(-50%, -50%) translate(${x}px, ${sourceY === targetY ? y - 13 : y}px)`,
            }}
          >
            {arrow.label}
          </span>
        )}
        {arrow?.note && (
          <span
            className="gedge-note"
            style={{ transform: `translate(-50%, 0) translate(${x}px, ${y - 64}px)` }}
          >
            {arrow.note}
          </span>
        )}
      </EdgeLabelRenderer>
    </>
  );
}

const nodeTypes = { box: Box };
const edgeTypes = { arrow: Arrow };
