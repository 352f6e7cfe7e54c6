//! Visitors behind a shared cache: nobody is given what another visitor got.
