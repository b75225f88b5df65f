import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import { useMay } from "../../api/session";
import { useParam } from "../../lib/address";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { CheckField } from "../../ui/Field";
import { PageLink } from "../../ui/Links";
import { PageHead, Scroll, Section } from "../../ui/Page";
import { ErrorState, LoadingRows } from "../../ui/States";
import { MatchingPreview } from "./MatchingPreview";
import { MatchingRules } from "./MatchingRules";
import { correlationQuery, sourceQuery } from "./queries";

type Rules = Schema<"CorrelationRules">;

/** How the accounts of a directory find their person, and what other rules would do. */
export function MatchingPage() {
  const id = useParam("id");
  const source = useQuery(sourceQuery(id));
  const saved = useQuery(correlationQuery(id));
  const client = useQueryClient();
  const mayManage = useMay("source.manage");
  const [draft, setDraft] = useState<Rules>();
  const body = (rules: Rules) => ({ params: { path: { id } }, body: rules });
  const preview = useMutation({
    mutationFn: (rules: Rules) => dataOf(api.POST("/sources/{id}/correlation/preview", body(rules))),
  });
  const save = useMutation({
    mutationFn: (rules: Rules) => dataOf(api.PUT("/sources/{id}/correlation", body(rules))),
    onSuccess: async () => {
      setDraft(undefined);
      preview.reset();
      await client.invalidateQueries();
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
  const change = (next: Rules) => {
    setDraft(next);
    preview.reset();
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
                <Button look="ghost" onClick={() => setDraft(undefined)}>
                  Discard
                </Button>
              )}
              <Button reason={preview.isPending && "Counting."} onClick={() => preview.mutate(rules)}>
                Preview
              </Button>
              <Button
                look="primary"
                reason={!draft ? "Nothing was changed." : save.isPending && "Saving."}
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
            {...(mayManage && { onChange: (next) => change({ ...rules, rules: next }) })}
          />
          <Section title="This directory and its people">
            <div className="pad stack">
              <CheckField
                label="Says who belongs to the organisation"
                help={`As a personnel system does. Accounts elsewhere that match nobody here are orphans; ${plural(data.orphans, "account")} of this directory now.`}
                checked={rules.authoritative}
                disabled={!mayManage}
                onChange={(event) => change({ ...rules, authoritative: event.currentTarget.checked })}
              />
              {rules.mailAliases.map((alias) => (
                <p key={`${alias.domain} ${alias.other}`}>
                  <span className="mono">{alias.domain}</span> and <span className="mono">{alias.other}</span>{" "}
                  are one mail domain.
                </p>
              ))}
              {rules.loginPatterns.map((pattern) => (
                <p key={pattern}>
                  Logins made as <span className="mono">{pattern}</span> speak for a match.
                </p>
              ))}
              {data.lessons.map((lesson) => (
                <p key={lesson.pattern ?? `${lesson.alias?.domain} ${lesson.alias?.other}`} className="row">
                  <span className="grow">
                    {plural(lesson.seen, "confirmed case")}{" "}
                    {lesson.alias ? (
                      <>
                        had mail at <span className="mono">{lesson.alias.domain}</span> and{" "}
                        <span className="mono">{lesson.alias.other}</span>
                      </>
                    ) : (
                      <>
                        had a login like <span className="mono">{lesson.pattern}</span>
                      </>
                    )}
                    .
                  </span>
                  {mayManage && (
                    <Button
                      size="sm"
                      onClick={() =>
                        change(
                          lesson.alias
                            ? { ...rules, mailAliases: [...rules.mailAliases, lesson.alias] }
                            : { ...rules, loginPatterns: [...rules.loginPatterns, lesson.pattern ?? ""] },
                        )
                      }
                    >
                      Use it
                    </Button>
                  )}
                </p>
              ))}
            </div>
          </Section>
        </Scroll>
      )}
    </>
  );
}
