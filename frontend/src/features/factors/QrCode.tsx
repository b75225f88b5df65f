import type { Schema } from "../../api/client";

/** Modules of white around a code, without which scanners do not find it. */
const quietZone = 4;

/** A QR code as the server drew it, black on white in light and dark, with its quiet zone. */
export function QrCode({ qr, label, className }: { qr: Schema<"QR">; label: string; className?: string }) {
  const side = qr.size + 2 * quietZone;
  return (
    <svg
      className={className ? `qr ${className}` : "qr"}
      viewBox={`${-quietZone} ${-quietZone} ${side} ${side}`}
      shapeRendering="crispEdges"
      role="img"
      aria-label={label}
    >
      <rect x={-quietZone} y={-quietZone} width={side} height={side} />
      {/* A line along the upper edge of each run of dark modules; half a unit lower it fills the row. */}
      <path d={qr.path} strokeWidth={1} transform="translate(0 0.5)" />
    </svg>
  );
}
