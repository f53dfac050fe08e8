import { CallFailure, toFailure } from './failure.js'

/** Asks one member for a token. */
export type Authenticate = (request: { name: string; password: string }) => Promise<{ token: string }>

/** The token that etcd gives for user and password: one for all members, got when first needed and again when etcd no longer knows it. */
export class Auth {
  private current: Promise<string> | undefined

  constructor(private readonly user: { readonly name: string; readonly password: string } | undefined) {}

  /** Undefined when there is no user; then etcd must not ask for one. */
  async token(authenticate: Authenticate): Promise<string | undefined> {
    if (!this.user) return undefined
    this.current ??= this.fetch(authenticate, this.user)
    return this.current
  }

  forget(): void {
    this.current = undefined
  }

  private async fetch(authenticate: Authenticate, user: { name: string; password: string }): Promise<string> {
    try {
      return (await authenticate(user)).token
    } catch (thrown) {
      this.forget()
      const failure = toFailure(thrown)
      // With authentication off there is no token to have, and none is needed.
      if (failure.message.includes('authentication is not enabled')) return ''
      throw failure.kind === 'refused' ? new CallFailure('refused', `user '${user.name}': ${failure.message}`) : failure
    }
  }
}
