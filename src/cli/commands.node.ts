/**
 * The commands: a name to what it takes, what it is for and the file that runs it. A table of contents; a command's file is loaded
 * when it is called or asked for its options, and not before.
 */
import type { Command } from './shell/declare-command.ts'
import type { ListedCommand } from './shell/render-help.ts'

type Entry = ListedCommand & { readonly load: () => Promise<Command> }

export const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    usage: 'serve',
    summary: 'start the gateway, as the environment says',
    load: async () => (await import('./shell/serve.node.ts')).serveCommand,
  },
  'keys create': {
    usage: 'keys create',
    summary: 'make a gateway key',
    load: async () => (await import('./keys/keys.node.ts')).keysCreate,
  },
  'keys list': {
    usage: 'keys list',
    summary: 'list gateway keys',
    load: async () => (await import('./keys/keys.node.ts')).keysList,
  },
  'keys revoke': {
    usage: 'keys revoke ID',
    summary: 'revoke a gateway key',
    load: async () => (await import('./keys/keys.node.ts')).keysRevoke,
  },
  'keys keypair': {
    usage: 'keys keypair --out FILE',
    summary: 'make the key pair of a signer, or of readers',
    load: async () => (await import('./keys/keypair.node.ts')).keysKeypair,
  },
  'admins create': {
    usage: 'admins create NAME --scope SCOPE',
    summary: 'make a token for a person, and print it once',
    load: async () => (await import('./keys/admins.node.ts')).adminsCreate,
  },
  'admins list': {
    usage: 'admins list',
    summary: 'list the people who have tokens',
    load: async () => (await import('./keys/admins.node.ts')).adminsList,
  },
  'admins revoke': {
    usage: 'admins revoke ID',
    summary: 'take the token of a person back',
    load: async () => (await import('./keys/admins.node.ts')).adminsRevoke,
  },
  'policy new': {
    usage: 'policy new ID',
    summary: 'make the folder of a new policy',
    load: async () => (await import('./policy/policy-new.node.ts')).policyNew,
  },
  'policy try': {
    usage: 'policy try POLICY SENTENCE…',
    summary: 'see which sections a sentence brings up',
    load: async () => (await import('./policy/policy-try.node.ts')).policyTry,
  },
  'policy check': {
    usage: 'policy check [FOLDER]…',
    summary: 'check policies, naming file and line',
    load: async () => (await import('./policy/policy-check.node.ts')).policyCheck,
  },
  'policy test': {
    usage: 'policy test [FOLDER]…',
    summary: 'run the golden cases of policies',
    load: async () => (await import('./policy/policy-test.node.ts')).policyTest,
  },
  'policy build': {
    usage: 'policy build FOLDER',
    summary: 'compile a policy to its bundle, with digests',
    load: async () => (await import('./policy/policy-build.node.ts')).policyBuild,
  },
  'policy diff': {
    usage: 'policy diff A B',
    summary: 'compare two policies, and what they do',
    load: async () => (await import('./policy/policy-diff.node.ts')).policyDiff,
  },
  'policy sign': {
    usage: 'policy sign FOLDER --key FILE',
    summary: 'sign a policy as its next revision',
    load: async () => (await import('./policy/policy-sign.node.ts')).policySign,
  },
  'policy push': {
    usage: 'policy push FILE',
    summary: 'have a signed revision tested and kept',
    load: async () => (await import('./policy/policy-push.node.ts')).policyPush,
  },
  'policy activate': {
    usage: 'policy activate ID NUMBER',
    summary: 'let a pushed revision serve',
    load: async () => (await import('./policy/policy-activate.node.ts')).policyActivate,
  },
  'policy move': {
    usage: 'policy move FROM TO --percent P',
    summary: 'serve callers of one policy by another',
    load: async () => (await import('./policy/policy-activate.node.ts')).policyMove,
  },
  'policy halt': {
    usage: 'policy halt ID',
    summary: 'take a staged revision back, or end a move',
    load: async () => (await import('./policy/policy-activate.node.ts')).policyHalt,
  },
  'policy rollback': {
    usage: 'policy rollback ID --key FILE…',
    summary: 'serve what served before',
    load: async () => (await import('./policy/policy-rollback.node.ts')).policyRollback,
  },
  'policy stop': {
    usage: 'policy stop ID --key FILE',
    summary: 'go back at once, by one person',
    load: async () => (await import('./policy/policy-stop.node.ts')).policyStop,
  },
  'policy list': {
    usage: 'policy list [ID]',
    summary: 'list policies, or the revisions of one',
    load: async () => (await import('./policy/policy-list.node.ts')).policyList,
  },
  'policy status': {
    usage: 'policy status',
    summary: 'tell what serves where, and how rollouts do',
    load: async () => (await import('./policy/policy-status.node.ts')).policyStatus,
  },
  'transcripts list': {
    usage: 'transcripts list',
    summary: 'list transcripts, the newest first',
    load: async () => (await import('./transcripts/transcripts-list.node.ts')).transcriptsList,
  },
  'transcripts show': {
    usage: 'transcripts show ID',
    summary: 'show one deliberation: what was asked, decided and found',
    load: async () => (await import('./transcripts/transcripts-show.node.ts')).transcriptsShow,
  },
  'transcripts label': {
    usage: 'transcripts label ID --kind KIND',
    summary: 'say what you think of a transcript',
    load: async () => (await import('./transcripts/transcripts-label.node.ts')).transcriptsLabel,
  },
  'harvest label': {
    usage: 'harvest label ID --kind KIND',
    summary: 'the same as transcripts label',
    load: async () => (await import('./transcripts/transcripts-label.node.ts')).transcriptsLabel,
  },
  'harvest batch': {
    usage: 'harvest batch FILE',
    summary: 'deliberate prompts of a file, without traffic',
    load: async () => (await import('./harvest/harvest-batch.node.ts')).harvestBatch,
  },
  'harvest export': {
    usage: 'harvest export --out PATH',
    summary: 'write judged transcripts as training data',
    load: async () => (await import('./harvest/harvest-export.node.ts')).harvestExport,
  },
  'harvest golden': {
    usage: 'harvest golden --out FILE',
    summary: 'write overturned decisions as golden cases',
    load: async () => (await import('./harvest/harvest-golden.node.ts')).harvestGolden,
  },
  'harvest scrub': {
    usage: 'harvest scrub EXPORT',
    summary: 'take people who were deleted out of the files of an export',
    load: async () => (await import('./harvest/harvest-scrub.node.ts')).harvestScrub,
  },
  'harvest msm': {
    usage: 'harvest msm --out FILE',
    summary: 'write documents from a policy, for midtraining',
    load: async () => (await import('./harvest/harvest-msm.node.ts')).harvestMsm,
  },
  'harvest stats': {
    usage: 'harvest stats',
    summary: 'tell what is there to be harvested',
    load: async () => (await import('./harvest/harvest-stats.node.ts')).harvestStats,
  },
  'audit verify': {
    usage: 'audit verify',
    summary: 'prove that the audit log is whole',
    load: async () => (await import('./audit/audit.node.ts')).auditVerify,
  },
  'audit list': {
    usage: 'audit list',
    summary: 'tell who changed what',
    load: async () => (await import('./audit/audit.node.ts')).auditList,
  },
}
