export { migrateGitHistory } from './migrateGitHistory.js';
export { GitError, readCommits } from './readCommits.js';
export { RecordCommit, type RecordedCommit } from './recordCommit.js';
export { replayHistory, type ReplayCounts } from './replayHistory.js';
