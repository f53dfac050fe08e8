import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** ptrace(2) by number (PTRACE_SEIZE, include/uapi/linux/ptrace.h), and then nothing, for ever. */
const TRACE = `
  my $call = { x86_64 => 101, aarch64 => 117 }->{(POSIX::uname())[4]};
  syscall($call, 0x4206, shift() + 0, 0, 0) == 0 or die $!;
  sleep 1 while 1`

/**
 * Makes a process one that does not end when it is killed: as far as its parent can see, a process that is traced has not ended before
 * whoever traces it has taken note of that, and this one never does.
 * @returns lets it end
 */
export function holdOnto(pid: number): () => void {
  const tracer = spawn('perl', ['-MPOSIX', '-e', TRACE, String(pid)], { stdio: ['ignore', 'ignore', 'inherit'] })
  const moment = new Int32Array(new SharedArrayBuffer(4))
  while (!new RegExp(`^TracerPid:\\t${tracer.pid}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'latin1'))) {
    if (/^State:\tZ/m.test(readFileSync(`/proc/${tracer.pid}/status`, 'latin1'))) throw new Error(`process ${pid} cannot be traced`)
    Atomics.wait(moment, 0, 0, 10)
  }
  return () => void tracer.kill('SIGKILL')
}
