/** Names of the messages between page and main; the preload script is the only one that sends them. */
export const NATIVE = {
  connectEngine: 'native:connect-engine',
  enginePort: 'native:engine-port',
  chooseFolder: 'native:choose-folder',
  chooseFile: 'native:choose-file',
  choosePlace: 'native:choose-place',
  saveText: 'native:save-text',
  saveReportPdf: 'native:save-report-pdf',
  openRunFolder: 'native:open-run-folder',
  setTheme: 'native:set-theme',
  getTheme: 'native:get-theme',
  zoom: 'native:zoom',
  closing: 'native:closing',
  kept: 'native:kept',
  openRun: 'native:open-run',
  menuAction: 'native:menu-action',
} as const
