"""An audit log in memory, for tests of one room: entries are linked, and nothing is sealed."""

from collections.abc import Sequence

from dastak.accounts.audit import Entry, Head, Link, Narrowing, head_of, linked


class MemoryTrail:
    """An `AuditTrail`."""

    def __init__(self) -> None:
        self.chains: dict[str, list[Link]] = {}

    @property
    def entries(self) -> list[Entry]:
        """Of every merchant, each in order."""
        return [link.entry for chain in self.chains.values() for link in chain]

    async def note(self, entry: Entry) -> None:
        chain = self.chains.setdefault(entry.merchant_id, [])
        chain.append(linked(entry, head_of(chain[-1]) if chain else Head()))

    async def head(self, merchant_id: str) -> Head:
        chain = self.chains.get(merchant_id, [])
        return head_of(chain[-1]) if chain else Head()

    async def links(self, merchant_id: str, narrowing: Narrowing, before: int | None, limit: int) -> Sequence[Link]:
        def is_wanted(link: Link) -> bool:
            entry = link.entry
            return (
                (not narrowing.actor or entry.actor == narrowing.actor)
                and (not narrowing.deed or entry.deed == narrowing.deed)
                and (narrowing.since is None or entry.at >= narrowing.since)
                and (narrowing.until is None or entry.at < narrowing.until)
                and (before is None or link.sequence < before)
            )

        return [link for link in reversed(self.chains.get(merchant_id, [])) if is_wanted(link)][:limit]

    async def links_after(self, merchant_id: str, sequence: int, limit: int) -> Sequence[Link]:
        return [link for link in self.chains.get(merchant_id, []) if link.sequence > sequence][:limit]
