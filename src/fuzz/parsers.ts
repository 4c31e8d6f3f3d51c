import { savedInputs } from './corpus-files'
import type { Parser } from './parser'
import { exportParsers } from './parsers/exports'
import { imageParsers } from './parsers/images'
import { lineParsers } from './parsers/lines'
import { runParsers } from './parsers/runs'
import { textParsers } from './parsers/texts'
import { weightParsers } from './parsers/weights'

/** Every reader of files and messages that come from others. `root` is the repository. */
export async function parsers(root: string): Promise<Parser[]> {
  const all = [...textParsers(root), ...(await imageParsers(root)), ...(await weightParsers()), ...(await exportParsers()), ...(await runParsers()), ...lineParsers()]
  return all.map((parser) => ({ ...parser, corpus: [...parser.corpus, ...savedInputs(root, parser.name)] }))
}
