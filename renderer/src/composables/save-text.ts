/** A name for a file: what a person called something, without what file systems do not take. */
export const fileNameOf = (name: string, otherwise: string, ending: string): string =>
  `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replaceAll(/^-+|-+$/g, '') || otherwise}.${ending}`

/** Hands a text to the person as a file: the system's dialog in the desktop app, a download in a browser. Answers where it went, if known. */
export async function saveText({ title, fileName, text, type }: { title: string; fileName: string; text: string; type: string }): Promise<string | null> {
  const native = window.studio
  if (native !== undefined) return native.saveText({ title, fileName, text })
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(address))
  return fileName
}
