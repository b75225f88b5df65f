import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import { useMay } from "../../api/session";
import { useParam } from "../../lib/address";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/Links";
import { PageHead, Scroll } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { MatchingPeople } from "./MatchingPeople";
import { MatchingPreview } from "./MatchingPreview";
import { MatchingRules } from "./MatchingRules";
import { mostRules, type Rule } from "./matchingWords";
import { correlationQuery, type Rules, sourceQuery } from "./queries";
import { RuleDialog } from "./RuleDialog";

/** How the accounts of a directory find their person, and what other rules would do before they do it. */
export function MatchingPage() {
  const id = useParam("id");
  const source = useQuery(sourceQuery(id));
  const saved = useQuery(correlationQuery(id));
  const client = useQueryClient();
  const mayManage = useMay("source.manage");
  const [draft, setDraft] = useState<Rules>();
  const [editing, setEditing] = useState<Rule | "new">();
  const body = (rules: Rules) => ({ params: { path: { id } }, body: rules });
  const preview = useMutation({
    mutationFn: (rules: Rules) => dataOf(api.POST("/sources/{id}/correlation/preview", body(rules))),
  });
  const save = useMutation({
    mutationFn: (rules: Rules) => dataOf(api.PUT("/sources/{id}/correlation", body(rules))),
    onSuccess: async () => {
      preview.reset();
      await client.invalidateQueries();
      setDraft(undefined);
    },
  });
  const data = saved.data;
  const rules: Rules | undefined =
    draft ??
    (data && {
      authoritative: data.authoritative,
      rules: data.rules,
      mailAliases: data.mailAliases,
      loginPatterns: data.loginPatterns,
    });
  const change = (next: Rules | undefined) => {
    setDraft(next);
    preview.reset();
    save.reset();
  };
  const keep = (rules: Rules, rule: Rule) => {
    change({
      ...rules,
      rules:
        editing === "new"
          ? [...rules.rules, rule]
          : rules.rules.map((each) => (each.name === (editing as Rule).name ? rule : each)),
    });
    setEditing(undefined);
  };
  return (
    <>
      <PageHead
        title="Matching"
        crumb={
          <>
            <PageLink to="/directories">Directories</PageLink> /{" "}
            <PageLink to={`/directories/${id}`}>
              <bdi>{source.data?.name ?? "directory"}</bdi>
            </PageLink>
          </>
        }
        beside={data && <PageLink to="/identities/cases">{plural(data.cases, "open case")}</PageLink>}
        acts={
          mayManage &&
          rules && (
            <>
              {draft && (
                <Button look="ghost" onClick={() => change(undefined)}>
                  Discard
                </Button>
              )}
              <Button reason={preview.isPending && "Counting."} onClick={() => preview.mutate(rules)}>
                Preview
              </Button>
              <Button
                look="primary"
                reason={
                  (!draft && "Nothing was changed.") ||
                  (save.isPending && "Saving.") ||
                  (!preview.data && "Preview first what the change would do.")
                }
                onClick={() => save.mutate(rules)}
              >
                Save and apply
              </Button>
            </>
          )
        }
      />
      {saved.error ? (
        <ErrorState
          error={saved.error}
          what="The rules could not be read."
          onRetry={() => void saved.refetch()}
        />
      ) : !rules || !data ? (
        <LoadingRows />
      ) : (
        <Scroll label="Matching">
          {save.error ? <ErrorState error={save.error} what="The rules were not saved." /> : null}
          {preview.error ? <ErrorState error={preview.error} what="The rules could not be tried." /> : null}
          {preview.data && <MatchingPreview preview={preview.data} />}
          <MatchingRules
            rules={rules.rules}
            records={data.records}
            {...(mayManage && {
              onChange: (next) => change({ ...rules, rules: next }),
              onEdit: setEditing,
              aside: (
                <Button
                  icon="plus"
                  reason={rules.rules.length >= mostRules && `${mostRules} rules are the most.`}
                  onClick={() => setEditing("new")}
                >
                  Add a rule…
                </Button>
              ),
            })}
          />
          <MatchingPeople rules={rules} data={data} {...(mayManage && { onChange: change })} />
          {editing && (
            <RuleDialog
              source={id}
              rules={rules}
              {...(editing !== "new" && { rule: editing })}
              onKeep={(rule) => keep(rules, rule)}
              onClose={() => setEditing(undefined)}
            />
          )}
        </Scroll>
      )}
    </>
  );
}
