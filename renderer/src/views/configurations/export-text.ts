import { fileNameOf, saveText } from '../../composables/save-text'

/** Hands a configuration to the person as a file. Answers where it went, if known. */
export const exportText = (name: string, text: string): Promise<string | null> =>
  saveText({ title: 'Export configuration', fileName: fileNameOf(name, 'configuration', 'jsonc'), text, type: 'application/json' })
