import type { LoadedBundle } from '../index.js';
import { type At, type Fact, fileOf, lineOf, type PlacedCapture, valueWithoutSecrets } from '../kit/index.js';
import { toJson } from '../report/index.js';

export interface ModelFilter {
  readonly nodes?: readonly string[];
  readonly kinds?: readonly string[];
}

interface Row {
  readonly node: string | null;
  readonly netns: string;
  readonly fact: Fact;
}

const compact = (value: unknown): string => toJson(value).replace(/\n\s*/g, ' ').trimEnd();

/** Every `At` in a fact is a line; a reader wants the place and not our number. */
function located(fact: Fact, files: readonly string[]): object {
  const { at, kind, ...rest } = fact;
  return valueWithoutSecrets({ kind, file: files[fileOf(at)] ?? '', line: lineOf(at as At), ...rest });
}

const rowsOf = (captures: readonly PlacedCapture[]): Row[] =>
  captures.flatMap((c) =>
    c.facts.map((fact) => ({
      node: c.place.kind === 'stack' ? c.place.node : null,
      netns: c.place.kind === 'stack' ? c.place.netns : '',
      fact,
    })),
  );

/**
 * What was read as one JSON document, in pieces: a big cluster has more facts than one string can hold. `facts` is the whole
 * record, also of captures that a later one replaced; one fact per line.
 */
export function* modelJson(loaded: LoadedBundle, filter: ModelFilter): Generator<string> {
  const { model } = loaded;
  const isWanted = (r: Row) =>
    (filter.nodes === undefined || (r.node !== null && filter.nodes.includes(r.node))) &&
    (filter.kinds === undefined || filter.kinds.includes(r.fact.kind));
  const nodes = model.nodes
    .filter((n) => filter.nodes === undefined || filter.nodes.includes(n.name))
    .map((n) => ({
      name: n.name,
      aliases: n.aliases,
      kubernetesName: n.kubernetesName ?? null,
      addresses: n.addresses,
      stacks: [n.host, ...n.others].map((s) => s.netns),
    }));
  yield `{\n"schema": "dumplint/model@1",\n"layout": ${compact(loaded.layout)},\n"nodes": [`;
  yield nodes.map((n) => `\n  ${compact(n)}`).join(',');
  yield '\n],\n"facts": [';
  let separator = '\n';
  for (const row of rowsOf(model.captures)) {
    if (!isWanted(row)) continue;
    yield `${separator}  ${compact({ node: row.node, netns: row.netns, ...located(row.fact, model.files) })}`;
    separator = ',\n';
  }
  yield '\n]\n}\n';
}
