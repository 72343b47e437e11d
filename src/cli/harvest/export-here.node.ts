/** An export out of this machine's database. I/O in the database and on disk; it is noted before its files are there. */

import { openExportSubjects } from '../../harvest/export/files/export-subjects.node.ts'
import { systemRandom } from '../../lib/clock.ts'
import type { Config } from '../../start/config.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import type { RunExport } from './export-run.node.ts'
import type { ExportSettings } from './harvest-export-settings.node.ts'
import { openExportInDatabase } from './open-export.node.ts'
import { runCascade } from './run-cascade.node.ts'

export type OpenedExport = AsyncDisposable & { readonly run: RunExport }

export async function openExportHere(
  config: Config,
  settings: ExportSettings,
  open: Open | null,
): Promise<OpenedExport> {
  const { exports, ...opened } = await openExportInDatabase(config, settings.filter, open)
  const time = Date.now()
  let close = () => {}
  return {
    async run(options) {
      const subjects = openExportSubjects(options.scratch)
      close = () => subjects.close()
      const ran = await runCascade(settings, options, {
        ...opened,
        onKept: (row) => subjects.add(row.id, row),
      })
      return {
        ...ran,
        async note(manifestDigest) {
          const id = `ex_${systemRandom.hex(16)}`
          const { name } = options.format
          const made = { id, time, actor: cliActor(), format: name, filters: settings.arguments }
          const noted = await exports.record({ ...made, manifestDigest }, subjects.all())
          if (!noted.ok) throw new Error('Export again: somebody in it was deleted meanwhile')
          return id
        },
      }
    },
    async [Symbol.asyncDispose]() {
      close()
      await opened[Symbol.asyncDispose]()
    },
  }
}
