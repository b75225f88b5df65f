import type { Column } from "../../lib/columns";
import { EntityLink } from "../../ui/Links";
import { PathText } from "../../ui/PathText";
import { Before, FrozenWhen, Peers, VerdictText, Who } from "./ItemWords";
import type { Item } from "./verdicts";

/** The columns of the items; without group rows each item names its group. */
export function itemColumns(frozenAt: string, grouped: boolean): Column<Item>[] {
  const group: Column<Item> = {
    id: "group",
    header: "Group",
    width: 160,
    cell: (item) => <EntityLink entity={item.group} />,
  };
  return [
    { id: "who", header: "Who", width: 200, grow: 2, cell: (item) => <Who item={item} /> },
    ...(grouped ? [] : [group]),
    {
      id: "path",
      header: "Path",
      grow: 2,
      title: "The groups it came by when the campaign was frozen, the shortest way",
      cell: (item) =>
        item.basis === "effective" ? (
          <PathText path={item.path.slice(0, -1)} />
        ) : (
          <span className="t2">direct</span>
        ),
    },
    {
      id: "peers",
      header: "Peers",
      width: 76,
      wideOnly: true,
      title: "Enabled people of the same department and source who have it too",
      cell: (item) => <Peers item={item} />,
    },
    {
      id: "lastSignIn",
      header: "Last sign-in",
      width: 112,
      title: "Copied when the campaign was frozen, with its age on that day",
      cell: (item) => <FrozenWhen at={item.lastSignIn} frozenAt={frozenAt} />,
    },
    {
      id: "before",
      header: "Before",
      width: 132,
      wideOnly: true,
      title: "What an earlier campaign decided of the same grant",
      cell: (item) => <Before item={item} />,
    },
    {
      id: "decision",
      header: "Decision",
      width: 104,
      cell: (item) => <VerdictText verdict={item.verdict} until={item.until} />,
    },
  ];
}
