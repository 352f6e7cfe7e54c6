"""The same addresses as in the shop."""
from django.urls import path

from outfitter import views, wizards

register = wizards.Register.as_view(url_name="register_step")
feedback = wizards.Feedback.as_view(url_name="feedback_step")

urlpatterns = [
    path("", views.home),
    path("products/<int:number>", views.product),
    path("cart", views.cart),
    path("cart/add/<int:number>", views.add),
    path("cart/remove/<int:number>", views.remove),
    path("cart/clear", views.clear),
    path("api/cart", views.api_cart),
    path("preferences", views.preferences),
    path("login", views.sign_in),
    path("logout", views.sign_out),
    path("account", views.account),
    path("account/password", views.change_password),
    path("posts", views.posts),
    path("posts/new", views.NewPost.as_view()),
    path("register", register),
    path("register/thanks", wizards.thanks),
    path("register/<step>", register, name="register_step"),
    path("feedback", feedback),
    path("feedback/thanks", wizards.thanks),
    path("feedback/<step>", feedback, name="feedback_step"),
    path("odd/<kind>", views.odd),
    path("odd/<kind>/gone", views.plain_again),
    path("lasts/<int:seconds>", views.lasts),
    path("healthz", views.healthz),
]
