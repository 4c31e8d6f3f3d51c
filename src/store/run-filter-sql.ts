import { StudioError } from '../contract/errors'
import type { RunFilterNode } from '../contract/run-filter/parse'
import { BUILT_IN, fieldSql, isTimeField, type Sql } from './run-fields'

const LIKE_ESCAPE = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`

/** The condition a filter puts on the row `r` of `runs`. Fails with BAD_INPUT for a field that there can't be. */
export function filterSql(node: RunFilterNode): Sql {
  switch (node.kind) {
    case 'all':
      return { text: '1', params: [] }
    case 'and':
    case 'or': {
      const parts = node.parts.map(filterSql)
      return {
        text: `(${parts.map(({ text }) => text).join(node.kind === 'and' ? ' AND ' : ' OR ')})`,
        params: parts.flatMap(({ params }) => params),
      }
    }
    case 'not': {
      const { text, params } = filterSql(node.part)
      return { text: `(${text}) IS NOT 1`, params }
    }
    case 'search': {
      const pattern = LIKE_ESCAPE(node.text)
      return {
        text: `(r.name LIKE ? ESCAPE '\\' OR r.model LIKE ? ESCAPE '\\' OR r.dataset LIKE ? ESCAPE '\\' OR r.tags LIKE ? ESCAPE '\\' OR r.notes LIKE ? ESCAPE '\\' OR r.id LIKE ? ESCAPE '\\')`,
        params: [pattern, pattern, pattern, pattern, pattern, pattern],
      }
    }
    case 'has': {
      const { text, params } = known(node.field)
      const isFlag = Object.hasOwn(BUILT_IN, node.field) && BUILT_IN[node.field]?.kind === 'flag'
      return { text: isFlag ? text : `(${text}) IS NOT NULL`, params }
    }
    case 'compare':
      return comparison(node)
  }
}

function known(field: string): Sql {
  const sql = fieldSql(field)
  if (sql !== null) return sql
  throw new StudioError(
    'BAD_INPUT',
    `There is no field "${field}". Use one of ${Object.keys(BUILT_IN).join(', ')}, a configuration key such as config.optimizer.base_lr, or a metric such as val/top1:best.`,
  )
}

function comparison({ field, operator, value }: Extract<RunFilterNode, { kind: 'compare' }>): Sql {
  if (field === 'tag' && (operator === '=' || operator === '!='))
    return {
      text: `${operator === '!=' ? 'NOT ' : ''}EXISTS (SELECT 1 FROM json_each(r.tags) AS t WHERE t.value = ? COLLATE NOCASE)`,
      params: [String(value)],
    }
  const { text, params } = known(field)
  if (operator === '~' || operator === '!~')
    return { text: `coalesce(${text}, '') ${operator === '!~' ? 'NOT ' : ''}LIKE ? ESCAPE '\\'`, params: [...params, LIKE_ESCAPE(String(value))] }
  const compared = isTimeField(field) && typeof value === 'string' ? timeOf(field, value) : value
  if (typeof compared === 'string' && ['true', 'false'].includes(compared) && Object.hasOwn(BUILT_IN, field) && BUILT_IN[field]?.kind === 'flag')
    return { text: `${text} ${operator === '!=' ? 'IS NOT' : 'IS'} ?`, params: [...params, compared === 'true' ? 1 : 0] }
  const sql = operator === '=' ? 'IS' : operator === '!=' ? 'IS NOT' : operator
  return { text: `${text} ${sql} ?${typeof compared === 'string' ? ' COLLATE NOCASE' : ''}`, params: [...params, compared] }
}

/** `2026-11-24` or `2026-11-24T14:00`, in local time. */
function timeOf(field: string, value: string): number {
  const time = new Date(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00` : value).getTime()
  if (Number.isNaN(time))
    throw new StudioError('BAD_INPUT', `"${value}" is no time to compare ${field} with. Write it as 2026-11-24 or 2026-11-24T14:00.`)
  return time
}
