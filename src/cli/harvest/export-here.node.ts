/**
 * An export out of this machine's database. I/O in the database and on disk; it is noted before its files are there. The private
 * key opens what is sealed, and goes nowhere.
 */
import { openKeptRows } from '../../harvest/export/files/kept-rows.node.ts'
import type { Config } from '../../start/config.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { openOwn } from '../desk/own-ports.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import type { OpenedExport } from './export-run.node.ts'
import type { ExportSettings } from './harvest-export-settings.node.ts'
import { readStore } from './read-store.node.ts'
import { runCascade } from './run-cascade.node.ts'

export async function openExportHere(
  config: Config,
  settings: ExportSettings,
  open: Open | null,
): Promise<OpenedExport> {
  const { filter } = settings
  const own = await openOwn(config)
  const { transcripts, exports, exportTexts, newExportId, clock } = own.ports
  const time = clock.now()
  let close = () => {}
  return {
    async run(options) {
      const kept = openKeptRows(options.scratch)
      close = () => kept.close()
      const ran = await runCascade(settings, options, {
        source: readStore(own, filter, open),
        known: await exportTexts(),
        count: () => transcripts.count(filter),
        onKept: (one) => kept.add(one),
      })
      return {
        ...ran,
        async note(manifestDigest) {
          const id = newExportId()
          const { name } = options.format
          const made = { id, time, actor: cliActor(), format: name, filters: settings.arguments }
          const noted = await exports.record({ ...made, manifestDigest }, kept.all())
          if (!noted.ok) throw new Error('Export again: somebody in it was deleted meanwhile')
          return id
        },
      }
    },
    async [Symbol.asyncDispose]() {
      close()
      await own[Symbol.asyncDispose]()
    },
  }
}
