"""Sessions as in `django.contrib.sessions.backends.db`, saved only over what was read.

Django saves a whole session over whatever stands there. With `SESSION_ENGINE = "outfitter.careful"` what somebody
else saved meanwhile, in Rust or in Django, is merged. The bytes stay the same, so both can be used side by side.
"""
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import router

GONE = object()


# The class has to have this name: it is in the salt of the signature.
class SessionStore(db.SessionStore):
    _read = None

    def load(self):
        row = self._get_session_from_db()
        self._read = row.session_data if row else None
        return self.decode(self._read) if row else {}

    def save(self, must_create=False):
        data = self._get_session(no_load=must_create)
        if must_create or self.session_key is None or self._read is None:
            super().save(must_create)
            self._read = None
            return
        rows = self.model.objects.using(router.db_for_write(self.model)).filter(session_key=self.session_key)
        while True:
            row = self.create_model_instance(data)
            as_read = rows.filter(session_data=self._read)
            if as_read.update(session_data=row.session_data, expire_date=row.expire_date):
                self._read = row.session_data
                return
            there = rows.first()
            if there is None:
                raise UpdateError
            data = merged(self.decode(self._read), data, self.decode(there.session_data))
            self._session_cache, self._read = data, there.session_data


def merged(base, ours, theirs):
    """Theirs, with what we have changed since `base`; in objects, member by member."""
    result = dict(theirs)
    for key in base.keys() | ours.keys():
        was, now, there = (data.get(key, GONE) for data in (base, ours, theirs))
        if now == was:
            continue
        if isinstance(now, dict) and isinstance(there, dict):
            now = merged(was if isinstance(was, dict) else {}, now, there)
        if now is GONE:
            result.pop(key, None)
        else:
            result[key] = now
    return result
