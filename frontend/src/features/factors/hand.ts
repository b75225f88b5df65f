import { useMutation } from "@tanstack/react-query";
import { api, type Schema } from "../../api/client";

export type How = Schema<"HandFactorBody">["how"];

/** Notes in the audit log how the key or the codes of a factor left this page. */
export function useHanded(factor: string) {
  return useMutation({
    mutationFn: (how: How) =>
      api.POST("/factors/{id}/handed", { params: { path: { id: factor } }, body: { how } }),
  });
}

export type Handed = ReturnType<typeof useHanded>;
