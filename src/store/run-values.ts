/** Leaves of a run's configuration as `config.a.b`; a list is one value, its JSON. `?` runs: all, or the one with an id. */
const leaves = (of: string): string => `
  SELECT r.number AS run, 'config.' || replace(substr(leaf.fullkey, 3), '"', '') AS key,
    CASE leaf.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE leaf.value END AS value
  FROM runs AS r, json_tree(r.config) AS leaf
  WHERE leaf.type NOT IN ('object', 'null') AND leaf.fullkey NOT LIKE '%[%' AND leaf.fullkey <> '$' ${of}`

/** Each number of a run's result table as `result.mixed.top1`. */
const results = (of: string): string => `
  SELECT r.number AS run, 'result.' || (line.value ->> 'kind') || '.' || number.key AS key, number.value AS value
  FROM runs AS r, json_each(r.result, '$.rows') AS line, json_each(line.value) AS number
  WHERE number.type IN ('integer', 'real') ${of}`

const insert = (rows: string): string => `
  INSERT OR IGNORE INTO run_keys (key) SELECT DISTINCT key FROM (${rows});
  INSERT OR REPLACE INTO run_values (key, run, value) SELECT k.number, v.run, v.value FROM (${rows}) AS v JOIN run_keys AS k ON k.key = v.key`

/** For a migration: the values of all runs. */
export const CONFIG_VALUES_SQL = insert(leaves(''))
export const RESULT_VALUES_SQL = insert(results('AND r.result IS NOT NULL'))

const ofOne = (rows: (of: string) => string): readonly [string, string] => {
  const one = rows('AND r.id = ?1')
  return [
    `INSERT OR IGNORE INTO run_keys (key) SELECT DISTINCT key FROM (${one})`,
    `INSERT OR REPLACE INTO run_values (key, run, value) SELECT k.number, v.run, v.value FROM (${one}) AS v JOIN run_keys AS k ON k.key = v.key`,
  ]
}
/** Statements with a run's id as parameter, to be run one after the other. */
export const configValuesOfOne = ofOne(leaves)
export const resultValuesOfOne = ofOne((of) => results(`AND r.result IS NOT NULL ${of}`))
